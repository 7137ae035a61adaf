"""The parts of the view, each a function from a `View` and a size in cells to lines of text."""
