"""What CI and a release run, besides the tests."""
