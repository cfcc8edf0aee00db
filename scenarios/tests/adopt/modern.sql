-- What PostgreSQL 16 and later can say about memberships, and 15 and later about parameters.
CREATE ROLE grantor LOGIN CREATEROLE;
GRANT staff TO grantor WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
GRANT staff TO "Reports & 100%" WITH INHERIT FALSE, SET TRUE;
GRANT staff TO analyst WITH ADMIN FALSE, INHERIT TRUE, SET FALSE GRANTED BY grantor;
GRANT rental_owner TO staff_app WITH INHERIT FALSE;
SET ROLE grantor;
CREATE ROLE made_by_grantor;
RESET ROLE;
GRANT SET, ALTER SYSTEM ON PARAMETER log_statement, work_mem TO staff;
GRANT SET ON PARAMETER auto_explain.log_min_duration TO analyst WITH GRANT OPTION;
ALTER VIEW rental.customer_list SET (security_invoker = true);
