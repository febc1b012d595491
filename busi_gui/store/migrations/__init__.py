"""How a database of an older program becomes one of this; run by `busi_gui.store.upgrade`."""
