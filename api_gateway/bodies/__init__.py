"""The bodies of read calls: raw bytes, a form, or JSON that says where the document is."""
