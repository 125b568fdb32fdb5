"""Who may enter.

Accounts of the console (`users`), programs and their tokens (`clients`), how often somebody may knock (`rates`), how
secrets are made and kept (`secrets`, `passwords`). What each of them may do stands in `gateway.model.permissions`.
"""
