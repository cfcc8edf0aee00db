mod anatomy;
