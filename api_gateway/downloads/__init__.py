"""Fetching documents from addresses that clients name."""
