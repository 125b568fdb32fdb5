"""Who may enter.

Accounts of the console (`users`), programs and their tokens (`clients`), how secrets are made and kept (`secrets`,
`passwords`). Permissions by record and incidents are not here yet.
"""
