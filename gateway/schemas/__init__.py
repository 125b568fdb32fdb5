"""Versioned schemas, safe parsing, and validation that explains itself.

``catalogue`` names the schemas; ``xml`` turns bytes into a tree or into a `SchemaError`; ``xml_validation`` holds a
tree against an XSD and tells every fault with path and line.
"""
