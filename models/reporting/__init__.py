"""Documents that say what was measured: tables and plots from the manifest of a version and the files of measures, nothing copied by hand."""
