-- Undoes R_functions.sql.

drop function private.check_preferred_model();
drop function private.mark_suggestion_applied();
drop function private.complete_ai_suggestion();
drop function private.complete_ai_usage();
drop function private.ai_cost_cents(uuid, integer, integer);
