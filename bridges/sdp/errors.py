"""What a session description can be guilty of."""


class MalformedSdp(ValueError):
    """The remote session description cannot be read.

    It is the peer's fault, never ours: answer the request that carried it with `status` ("Bad
    Request", RFC 3261, Section 21.4.1), or the Matrix call with the matching hang-up.
    """

    status = 400
