"""Calls to hosts that others have named: only to addresses that were looked at."""
