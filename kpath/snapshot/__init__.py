"""State as the standard tools print it: read safely, item by item."""
