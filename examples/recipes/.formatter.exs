[inputs: ["*.exs", "*/*.{ex,exs}"]]
