"""Events: a file that describes a conference, and a folder with its pictures."""
