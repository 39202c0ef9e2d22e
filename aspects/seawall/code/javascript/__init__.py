"""JavaScript and TypeScript handlers."""
