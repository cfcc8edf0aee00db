grant maintain on app.customers to app_reader;
