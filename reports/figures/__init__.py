"""Figures for papers and the web: the figures, their looks, and rendering to bytes."""
