"""Reports: one file per output format behind one small interface. They render, and judge nothing."""
