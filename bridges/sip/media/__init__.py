"""The bridge's side of media in other processes: ours (`bridges.media`) and rtpengine, by the ng protocol."""
