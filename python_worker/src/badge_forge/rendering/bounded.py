"""A cache for values that can be computed again."""


class Bounded[Key, Value](dict[Key, Value]):
    """A dict that forgets all its entries before it has more than `most`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        if len(self) >= self._most and key not in self:
            self.clear()
        super().__setitem__(key, value)
