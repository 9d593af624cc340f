using Mesh.Wire.Transport;

namespace Mesh.Wire.Streams;

/// <summary>Where a loop's scratch is found.</summary>
internal static class LoopScratch
{
    extension(EventLoop loop)
    {
        /// <summary>What the loop's connections share, made with the first.</summary>
        public ConnectionScratch Scratch => (ConnectionScratch)(loop.Share ??= new ConnectionScratch(loop.Segments, loop.Upkeep));
    }
}
