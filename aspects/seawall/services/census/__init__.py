"""The census of resource types: what names something that is followed, and is not followed itself."""
