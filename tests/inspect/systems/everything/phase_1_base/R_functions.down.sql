drop function private.on_ddl();
drop function private.touch();
drop function private.is_member(uuid);
drop aggregate public.product(double precision);
drop procedure public.tidy(integer);
drop function public.parsed(integer);
drop function public.people(interval);
drop function public.add_up(integer, integer);
