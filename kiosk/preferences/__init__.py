"""What staff change on the screen: kept on the disk, bounded by ``sternway.toml``. No Kivy."""
