"""The app of the how-to guides."""
