using System;
using System.Collections.Generic;

namespace Demo.Shop
{
    /// <summary>A basket.</summary>
    public class Basket<T> : IDisposable where T : class
    {
        private readonly List<T> items = new();
        public const int Limit = 10;

        public int Count => items.Count;

        public string Name { get; set; } = "basket";

        public Basket(string name)
        {
            Name = name;
        }

        // Adds one.
        [Obsolete]
        public async Task<bool> Add(T item)
        {
            if (items.Count >= Limit) return false;
            items.Add(item);
            return await Task.FromResult(true);
        }

        public void Dispose() { }
    }

    public interface IVisitor
    {
        void Visit(object item);
    }

    public enum State { Open, Closed }

    public record Pair(int A, int B);

    public struct Point
    {
        public int X;
    }
}
