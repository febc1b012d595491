"""The scan on screen: its views, what lies over it, and two of them side by side."""
