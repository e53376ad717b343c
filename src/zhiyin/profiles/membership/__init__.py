"""Who was in an audience when: snapshots, lists that were uploaded, samples, overlaps, exports."""
