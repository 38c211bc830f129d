"""The benches in tiny forms: that they run, report and judge; what they find means nothing here."""
