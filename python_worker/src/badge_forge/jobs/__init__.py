"""What an operator does with jobs of both languages: look at what failed, retry, cancel, pause."""
