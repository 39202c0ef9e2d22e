"""Two apps side by side: what a change does to attempts, loops, images and findings."""
