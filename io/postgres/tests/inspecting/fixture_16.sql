grant app_owner to app_reader with inherit false, set true;
grant app_owner to "1234" with inherit true, set false, admin true;
set role "1234";
grant app_owner to app_reader with admin true;
reset role;
create subscription as_owner connection 'host=nowhere password=secret' publication parts
  with (connect = false, slot_name = none, run_as_owner = true, password_required = false);
