"""The education authority's intake for signed packages, over SOAP 1.1 (``schemas/authority/1.0/intake.wsdl``).

The interfaces of real intakes are not publicly known; this contract was written for this project. A real one is
another package beside this one that implements the same port, `gateway.ports.exports.PackageIntake`.
"""

PLATFORM = "authority"
"""Name of the platform in settings, errors and the queue."""
