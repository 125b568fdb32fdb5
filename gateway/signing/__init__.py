"""Keys, certificates and the forms of signature: detached CMS (`cms`), inside a PDF (`pades`).

`keys` loads a signer's key and certificate, `authority` makes a test authority on first run. RSA and ECDSA only:
an Ed25519 signature is read by too few other programs.
"""
