"""Which container images an app uses, and where: one file per service that runs images."""
