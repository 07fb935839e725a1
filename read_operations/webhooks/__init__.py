"""Telling others by HTTP what has finished: signed messages, kept until they were received or given up."""
