"""Self-contained HTML pages: the skeleton, the styles and the charts that every report has."""
