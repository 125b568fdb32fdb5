"""The archive (шаг 6): a class's journal for a period as a signed PDF, entered in the registry, verified at any time.

`builder` makes files, `verification` checks them, `layout` decides what stands where, `typesetting` sets the pages.
"""
