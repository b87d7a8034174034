-- Behaviour, checked by `pgphase verify --deep`; everything here is rolled back.

insert into public.book (isbn, title, genre_id, price_cents)
select 'verify-1', 'Verified', g.id, 100 from public.genre g where g.slug = 'novel';

-- check: a book is listed once
do $$
begin
    insert into public.book (isbn, title, genre_id, price_cents)
    select 'verify-1', 'Twice', g.id, 100 from public.genre g where g.slug = 'novel';
    assert false, 'the same ISBN was accepted twice';
exception
    when unique_violation then null;
end $$;

-- check: a genre with books cannot be deleted
do $$
begin
    delete from public.genre where slug = 'novel';
    assert false, 'deleted';
exception
    when foreign_key_violation then null;
end $$;
