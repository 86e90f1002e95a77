"""Training of the codec: recipe, data, losses, the step, the loop and its checkpoints."""
