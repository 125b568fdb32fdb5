"""Canonical values to and from what each platform speaks: pure, both directions, one module a platform."""
