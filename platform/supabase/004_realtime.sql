-- Stand-in for Supabase Realtime: its publication, empty.
--
-- Needs: CREATE on the database. With wal_level below logical the server warns that nothing would be replicated; the
-- publication is made all the same, since the schema only adds tables to it.

do $$
begin
    if not exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') then
        create publication supabase_realtime;
        comment on publication supabase_realtime is 'pgphase stand-in: what Supabase Realtime listens to. Empty; add tables to it.';

        -- On Supabase it belongs to postgres, who adds the tables.
        if to_regrole('postgres') is not null and (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) then
            alter publication supabase_realtime owner to postgres;
        end if;
    end if;
end
$$;
