"""One HTML page of what was found about runs: `report.html`."""
