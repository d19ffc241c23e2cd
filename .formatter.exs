[
  inputs: [
    "{mix,.formatter}.exs",
    "native/compile.cargo.exs",
    "{lib,test,bench,scripts}/**/*.{ex,exs}"
  ],
  line_length: 120
]
