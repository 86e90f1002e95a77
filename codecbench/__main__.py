"""`python -m codecbench` is `bench`, for launchers that start modules, such as torchrun."""

from codecbench.cli import main

main()
