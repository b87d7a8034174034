-- What must hold, run by `pgphase verify --deep` in a transaction that is always rolled back.

-- check: an empty note is refused
do $$
begin
    insert into public.note (body) values ('');
    raise exception 'an empty note was accepted';
exception
    when check_violation then null;
end $$;
