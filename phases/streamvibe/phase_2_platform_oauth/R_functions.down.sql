-- Takes phase 2's functions away.

drop function private.enforce_social_account_limit();
