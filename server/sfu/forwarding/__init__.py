"""RTP and RTCP: parsing, rewriting for each subscriber, choice of layers. Pure."""
