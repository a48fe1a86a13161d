"""Mocks of what the function talks to: X's API, and the part of Dispatch that calls it."""
