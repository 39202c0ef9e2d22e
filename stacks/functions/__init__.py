"""The functions' code. It ships as one archive; each function's handler names the part to run."""
