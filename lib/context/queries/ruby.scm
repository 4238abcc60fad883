(comment) @comment
(module) @module
(class) @class
(method) @function
(singleton_method) @method
(program (assignment left: (constant) @name) @constant)
(body_statement (assignment left: (constant) @name) @constant)
((call method: (identifier) @_attribute arguments: (argument_list . (simple_symbol) @name)) @field (#any-of? @_attribute "attr_reader" "attr_accessor" "attr_writer"))
((call method: (identifier) @_require arguments: (argument_list (string (string_content) @target))) @import (#any-of? @_require "require" "require_relative" "load"))
(identifier) @reference
(constant) @reference
