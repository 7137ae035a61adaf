"""`make recording`: record a real run of the demo, and of the wall, for README."""
