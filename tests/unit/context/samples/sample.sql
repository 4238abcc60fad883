-- Items.
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  price NUMERIC(10, 2)
);

CREATE INDEX items_name ON items (name);

CREATE VIEW cheap AS
SELECT id, name FROM items WHERE price < 10;

CREATE FUNCTION twice(x INTEGER) RETURNS INTEGER AS $$ SELECT x * 2 $$ LANGUAGE sql;

INSERT INTO items (id, name) VALUES (1, 'one');

SELECT i.name, count(*) FROM items i JOIN orders o ON o.item = i.id GROUP BY i.name ORDER BY 2 DESC;
