"""The second way in: documents dropped into a blob container or a folder, results put beside them."""
