"""rtpengine's ng control protocol in front of the engine: whoever can speak to rtpengine can speak to us."""
